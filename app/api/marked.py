"""What a chat message looks like: its words, and which of them are bold, lead somewhere or are hidden."""

from typing import Any

from channels.telegram.formatting import Mark
from channels.telegram.markup import marked_as_said
from inbox.models import Message

LONGEST = 50_000
MOST_MARKS = 200
SAFE_LINKS = ("http://", "https://", "mailto:", "tel:")
NAMES = {"strikethrough": "strike", "text_link": "link", "blockquote": "quote"}


def marked_json(message: Message) -> dict[str, Any] | None:
    """Words and marks of a chat message that has any, in UTF-16 units; letters stay in their frame.

    Whoever draws it needs no HTML: a mark is one of a handful of kinds, and a link leads nowhere but
    to the web, to mail or to a telephone.
    """
    if message.dialog.thread_key is None or not message.html or len(message.html) > LONGEST:
        return None
    marked = marked_as_said(message.text, message.html)
    marks = [_mark_json(each) for each in marked.marks if _is_shown(each)][:MOST_MARKS]
    return {"text": marked.text, "marks": marks} if marks else None


def _is_shown(mark: Mark) -> bool:
    return mark.kind != "text_link" or mark.more.lower().startswith(SAFE_LINKS)


def _mark_json(mark: Mark) -> dict[str, Any]:
    kind = NAMES.get(mark.kind, mark.kind)
    return {"kind": kind, "begin": mark.begin, "end": mark.end, "href": mark.more or None}
