"""What hangs on messages, in the shapes of API 5.199."""

from typing import Any

Attachment = dict[str, Any]


def photo(url: str, number: int, *, owner: int, at: int, width: int = 1280, height: int = 960) -> Attachment:
    """A photo with its sizes, the largest neither first nor last."""
    sizes = [
        {"type": "s", "width": 75, "height": 56, "url": f"{url}?size=75x56"},
        {"type": "w", "width": width, "height": height, "url": url},
        {"type": "x", "width": 604, "height": 453, "url": f"{url}?size=604x453"},
    ]
    return {
        "type": "photo",
        "photo": {
            "album_id": -3,
            "date": at,
            "id": number,
            "owner_id": owner,
            "access_key": f"{number:x}beef",
            "sizes": sizes,
            "text": "",
            "web_view_token": "e0f1",
            "has_tags": False,
            "orig_photo": {"height": height, "type": "base", "url": url, "width": width},
        },
    }


def document(url: str, number: int, *, owner: int, at: int, title: str, size: int) -> Attachment:
    """A file as VK keeps it; its name is its title."""
    return {
        "type": "doc",
        "doc": {
            "id": number,
            "owner_id": owner,
            "title": title,
            "size": size,
            "ext": title.rpartition(".")[2],
            "date": at,
            "type": 1,
            "url": url,
            "is_unsafe": 0,
            "access_key": f"{number:x}d0c",
        },
    }


def voice(url: str, number: int, *, owner: int, duration: int = 4, transcript: str = "") -> Attachment:
    """A voice message, with its words once VK has heard them."""
    heard = {"transcript": transcript, "transcript_state": "done"} if transcript else {}
    return {
        "type": "audio_message",
        "audio_message": {
            "duration": duration,
            "id": number,
            "link_mp3": f"{url}.mp3",
            "link_ogg": f"{url}.ogg",
            "owner_id": owner,
            "access_key": f"{number:x}a0d",
            "waveform": [0, 3, 12, 27, 5, 0],
            **heard,
        },
    }


def sticker(url: str, number: int) -> Attachment:
    """A sticker with its pictures."""
    images = [
        {"url": f"{url}?size={side}", "width": side, "height": side} for side in (64, 128, 256, 352, 512)
    ]
    return {
        "type": "sticker",
        "sticker": {
            "inner_type": "base_sticker_new",
            "sticker_id": number,
            "product_id": 1,
            "images": images,
            "images_with_background": images,
            "is_allowed": True,
        },
    }


def graffiti(url: str, number: int, *, owner: int) -> Attachment:
    """A drawing."""
    return {
        "type": "graffiti",
        "graffiti": {
            "id": number,
            "owner_id": owner,
            "url": url,
            "width": 512,
            "height": 512,
            "access_key": f"{number:x}9a",
        },
    }


def wall(number: int, *, owner: int, at: int, text: str, attachments: list[Attachment]) -> Attachment:
    """A post of a wall."""
    return {
        "type": "wall",
        "wall": {
            "inner_type": "wall_wallpost",
            "id": number,
            "from_id": owner,
            "to_id": owner,
            "date": at,
            "text": text,
            "post_type": "post",
            "attachments": attachments,
            "marked_as_ads": 0,
            "from": {"id": -owner, "name": "Shop of clocks", "screen_name": "clocks"},
        },
    }


def market(number: int, *, owner: int, title: str, price: str) -> Attachment:
    """Something on sale in a community."""
    amount = "".join(each for each in price if each.isdigit())
    return {
        "type": "market",
        "market": {
            "availability": 0,
            "category": {"inner_type": "market_market_category", "id": 1, "name": "Clocks"},
            "description": "A clock that goes backwards.",
            "id": number,
            "owner_id": owner,
            "price": {
                "amount": f"{amount}00",
                "currency": {"id": 643, "name": "RUB", "title": "₽"},
                "text": price,
            },
            "title": title,
            "thumb_photo": "https://sun9-1.userapi.com/thumb.jpg",
        },
    }


def video(number: int, *, owner: int, title: str, at: int) -> Attachment:
    """A video, of which VK gives bots no file."""
    return {
        "type": "video",
        "video": {
            "response_type": "full",
            "access_key": f"{number:x}5ee",
            "can_add": 1,
            "date": at,
            "description": "",
            "duration": 15,
            "id": number,
            "owner_id": owner,
            "title": title,
            "image": [{"url": "https://sun9-2.userapi.com/v.jpg", "width": 320, "height": 240}],
            "type": "video",
            "views": 3,
        },
    }


def link(url: str, title: str) -> Attachment:
    """A page VK made a card of."""
    return {
        "type": "link",
        "link": {"url": url, "title": title, "caption": "shop.test", "description": "", "is_favorite": False},
    }


def place(latitude: float, longitude: float, title: str) -> dict[str, Any]:
    """Where somebody is."""
    return {
        "type": "point",
        "coordinates": {"latitude": latitude, "longitude": longitude},
        "place": {
            "country": "Россия",
            "city": "Москва",
            "title": title,
            "latitude": latitude,
            "longitude": longitude,
            "id": 0,
            "created": 0,
            "icon": "",
        },
    }
