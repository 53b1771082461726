"""lipwright for OpenTimelineIO: adapters, schemas, a media linker, a hook, and conform for pipelines.

OTIO imports this package in every program that lists its plugins, so it loads nothing. In Python:

    from otio_lipwright import api as lips
    print(lips.table(lips.plan(lips.read("cut.otio"))))
    lips.conform("cut.otio", "cut.lips.otio", lyrics=Path("song.lrc"))
"""
