"""E-mail: letters read and written purely, mailboxes and servers reached by the adapter."""
