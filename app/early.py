"""gevent first: what the web process waits with is replaced before anything can take hold of it.

The command line imports this module before any other of ours. Only `emptyfeed web` waits with gevent.
"""

import sys

if sys.argv[1:2] == ["web"]:
    from gevent import monkey

    monkey.patch_all()
