"""Files in messages: what a call uploads or names, and what the server makes of it."""

import json
from collections.abc import Mapping
from typing import Any

from tests.peers.http_peer import Upload
from tests.peers.telegram.refusals import ApiError, bad
from tests.peers.telegram.world import File, World

MOST_UPLOAD, MOST_PHOTO = 50 * 1024 * 1024, 10 * 1024 * 1024
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")
FOLDERS = {
    "photo": "photos",
    "voice": "voice",
    "video": "videos",
    "video_note": "video_notes",
    "audio": "music",
    "animation": "animations",
    "sticker": "stickers",
    "document": "documents",
}
MIMES = {
    "photo": "image/jpeg",
    "voice": "audio/ogg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "audio": "audio/mpeg",
    "animation": "video/mp4",
}
ALBUM_KINDS = {"photo": "pictures", "video": "pictures", "document": "documents", "audio": "audios"}


def given_file(world: World, kind: str, named: Any, uploads: Mapping[str, Upload]) -> dict[str, Any]:
    """The media of a message from what a call gave: an upload, attach://name or a file id."""
    name = str(named or "")
    upload = (
        uploads.get(name.removeprefix("attach://")) if name.startswith("attach://") else uploads.get(kind)
    )
    if upload is None:
        if name.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")
        known = world.files.get(name)
        if known is None:
            raise bad("wrong file identifier/HTTP URL specified")
        return media_of(kind, known)
    if not upload.data:
        raise bad("file must be non-empty")
    if len(upload.data) > MOST_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo" and len(upload.data) > MOST_PHOTO:
        raise bad("file is too big")
    if kind == "photo" and not upload.data.startswith(PICTURES):
        raise bad("IMAGE_PROCESS_FAILED")
    return media_of(
        kind, world.add_file(upload.data, name=upload.name, mime=upload.mime, folder=FOLDERS[kind])
    )


def media_of(kind: str, file: File, **more: Any) -> dict[str, Any]:
    """The part of a message that names a file, in the shape of its kind."""
    base: dict[str, Any] = {
        "file_id": file.file_id,
        "file_unique_id": file.unique,
        "file_size": len(file.data),
    }
    match kind:
        case "photo":
            small = {**base, "file_id": f"{file.file_id}s", "file_size": max(1, len(file.data) // 10)}
            sizes = [{**small, "width": 90, "height": 67}, {**base, "width": 1280, "height": 960}]
            return {"photo": sizes}
        case "document":
            shown = {"file_name": file.name or "file", "mime_type": file.mime or "application/octet-stream"}
            return {"document": {**base, **shown}}
        case "voice":
            return {"voice": {**base, "duration": 3, "mime_type": "audio/ogg", **more}}
        case "audio":
            shown = {"file_name": file.name, "mime_type": file.mime or "audio/mpeg"}
            return {"audio": {**base, "duration": 180, "performer": "Max", "title": "Song", **shown, **more}}
        case "video":
            shown = {"width": 640, "height": 480, "duration": 7, "mime_type": "video/mp4"}
            return {"video": {**base, **shown, **({"file_name": file.name} if file.name else {}), **more}}
        case "video_note":
            return {"video_note": {**base, "length": 240, "duration": 5}}
        case "animation":
            shown = {"width": 320, "height": 240, "duration": 2, "mime_type": "video/mp4"}
            moving = {**base, **shown, "file_name": file.name or "animation.mp4"}
            return {
                "animation": moving,
                "document": {**base, "file_name": file.name, "mime_type": "video/mp4"},
            }
        case _:
            shown = {"width": 512, "height": 512, "emoji": "👍", "type": "regular"}
            return {"sticker": {**base, **shown, "is_animated": False, "is_video": False, **more}}


def album(
    world: World, given: Any, uploads: Mapping[str, Upload]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The messages of an album: what each was given, and its media."""
    items = json.loads(given) if isinstance(given, str) else list(given or [])
    if not 2 <= len(items) <= 10:
        raise bad("expected from 2 to 10 media in a media group")
    if len({ALBUM_KINDS.get(each["type"]) for each in items}) != 1:
        raise bad("documents can't be mixed with other media types")
    return [(each, given_file(world, each["type"], each["media"], uploads)) for each in items]
