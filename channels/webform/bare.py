"""A form as plain HTML that a shop puts into a page of its own; it needs no script. Pure."""

from html import escape

from channels.webform.definition import Definition, FormField
from channels.webform.trap import CONSENT, TRAP

# The kinds of input for the types of fields, and what browsers fill in by themselves where an answer goes.
INPUTS = {"email": "email", "phone": "tel", "date": "date", "file": "file"}
COMPLETED_BY = {"name": "name", "phone": "tel", "email": "email", "company": "organization"}


def bare_form(definition: Definition, language: str, *, address: str, button: str, trap_label: str) -> str:
    """The whole form, complete and safe to be copied; `address` is where it posts to."""

    def said(words: object) -> str:
        return escape(definition.said(words, language))  # type: ignore[arg-type]

    kind = ' enctype="multipart/form-data"' if definition.files else ""
    lines = [
        f'<form method="post" action="{escape(address)}" accept-charset="utf-8"{kind}>',
        f'  <input type="hidden" name="_language" value="{escape(language)}">',
        f'  <p hidden><label>{escape(trap_label)} <input name="{TRAP}" tabindex="-1" autocomplete="off">'
        "</label></p>",
    ]
    for each in definition.fields:
        lines += _field(each, said(each.labels))
    if said(definition.consent):
        further = f' <a href="{escape(definition.consent_url)}">…</a>' if definition.consent_url else ""
        box = f'<input type="checkbox" name="{CONSENT}" value="yes" required>'
        lines.append(f"  <p><label>{box} {said(definition.consent)}{further}</label></p>")
    lines += [f"  <p><button>{said(definition.buttons) or escape(button)}</button></p>", "</form>"]
    return "\n".join(lines)


def _field(each: FormField, label: str) -> list[str]:
    needed = " required" if each.required else ""
    name = f'name="{each.name}"'
    if each.type == "checkbox":
        box = f'<input type="checkbox" {name} value="yes"{needed}>'
        return [f"  <p><label>{box} {label}</label></p>"]
    if each.type == "long_text":
        control = [f'    <textarea {name} rows="5"{needed}></textarea>']
    elif each.type == "select":
        options = "".join(f"<option>{escape(option)}</option>" for option in each.options if option)
        control = [f'    <select {name}{needed}><option value="">—</option>{options}</select>']
    else:
        kind = INPUTS.get(each.type, "text")
        filled_by = COMPLETED_BY.get(each.goes_to)
        more = f' autocomplete="{filled_by}"' if filled_by else ""
        more += ' inputmode="decimal"' if each.type == "number" else ""
        more += " multiple" if each.type == "file" else ""
        control = [f'    <input type="{kind}" {name}{more}{needed}>']
    return [f"  <p><label>{label}<br>", *control, "  </label></p>"]
