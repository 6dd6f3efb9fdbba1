"""What follows an event: the one table of it. A reaction is a job, named by its key in `app.jobs`."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "channel.receiving_changed": ("arrivals",),
    "message.queued": ("delivery",),
    "message.postponed": ("delivery",),
    "arrival.replayed": ("arrivals",),
    "channel.changed": ("delivery",),
    "channel.check_asked": ("checks",),
    "channel.health_changed": ("delivery", "letters"),
    "channel.fell_silent": ("letters",),
    "settings.changed": ("delivery",),
}
