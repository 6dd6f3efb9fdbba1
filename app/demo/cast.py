"""Who plays: the mailboxes, colleagues and labels of a small workshop with a shop and a school."""

from dataclasses import dataclass

from people.models import Role

DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who answers in the demonstration; `called` is the name stories use."""

    called: str
    name: str
    address: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox of the demonstration."""

    key: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Label:
    """A tag; the heavier it is, the higher a dialog that waits under it stands."""

    name: str
    weight: int
    colour: str


COLLEAGUES = (
    Colleague("Вера", "Вера Кравцова", f"vera@{DOMAIN}", Role.SUPERVISOR, "ru"),
    Colleague("Олег", "Олег Дёмин", f"oleg@{DOMAIN}", Role.AGENT, "ru"),
    Colleague("Лейла", "Лейла Ахметова", f"leila@{DOMAIN}", Role.AGENT, "ru"),
    Colleague("Hannah", "Hannah Brooks", f"hannah@{DOMAIN}", Role.AGENT, "en"),
    Colleague("Lucía", "Lucía Ferrer", f"lucia@{DOMAIN}", Role.AGENT, "es"),
    Colleague("Павел", "Павел Журавлёв", f"pavel@{DOMAIN}", Role.COLLABORATOR, "ru"),
)

BOXES = (
    Box("shop", "Магазин", "shop@len-i-glina.example"),
    Box("school", "Школа", "school@len-i-glina.example"),
    Box("abroad", "International", "hello@linen-and-clay.example"),
)

LABELS = (
    Label("срочно", 500, "#c2453d"),
    Label("жалоба", 300, "#c9743a"),
    Label("постоянный клиент", 150, "#8b6bb1"),
    Label("опт", 100, "#4f7f94"),
    Label("возврат", 80, "#b08a3e"),
    Label("оплата", 50, "#6b8f5e"),
    Label("доставка", 0, "#5f8fb0"),
    Label("курс", 0, "#7c8f3f"),
    Label("доступ", 60, "#a0617f"),
    Label("wholesale", 100, "#4f7f94"),
    Label("customs", 40, "#8a8070"),
    Label("damaged", 200, "#c9743a"),
    Label("envío", 0, "#5f8fb0"),
    Label("devolución", 80, "#b08a3e"),
)
