"""Long texts in pieces that Telegram takes, each with its part of the marks. Pure."""

from channels.cutting import cut_text, units
from channels.telegram.formatting import Marked, cut_marks


def cut(marked: Marked, longest: int) -> list[Marked]:
    """Pieces of at most `longest` UTF-16 units; a mark over a cut goes on in the next piece."""
    pieces, place, passed = [], 0, 0
    for text in cut_text(marked.text, longest):
        begin = marked.text.index(text, place)  # only white space lies between pieces
        passed += units(marked.text[place:begin])
        end = passed + units(text)
        pieces.append(Marked(text, cut_marks(marked.marks, passed, end)))
        place, passed = begin + len(text), end
    return pieces
