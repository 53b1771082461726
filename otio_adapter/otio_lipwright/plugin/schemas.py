"""What OTIO has no words for, as versioned schemas; OTIO loads this file by itself (`plugin_manifest.json`).

`PerformanceReference` says which performance a clip follows and which stretch of which vocal lies under it.
`VisemeTrack` holds the mouth weights. Where the plugin is absent both become UnknownSchema and survive; the same
facts stand beside them as plain metadata.
"""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from otio_lipwright.adapters.cues import cues_from_curves, curves_from_cues, plain


@otio.core.register_type
class PerformanceReference(otio.core.SerializableObjectWithMetadata):  # type: ignore[misc] # OTIO has no types
    """Version 1 knew the file only; version 2 adds the vocal and the stretch of it that lies under the clip."""

    _serializable_label = "PerformanceReference.2"
    _name = "PerformanceReference"

    target_url = otio.core.serializable_field("target_url", str, doc="the .lipwright file, relative to the timeline")
    sha256 = otio.core.serializable_field("sha256", str, doc="of what lies under the clip, corrections included")
    vocal = otio.core.serializable_field("vocal", str, doc="name of the vocal")
    start_s = otio.core.serializable_field("start_s", float, doc="first second of the vocal under the clip")
    end_s = otio.core.serializable_field("end_s", float, doc="end of the stretch, seconds of the vocal")

    def __init__(
        self,
        name: str = "",
        target_url: str = "",
        sha256: str = "",
        vocal: str = "",
        start_s: float = 0.0,
        end_s: float = 0.0,
        metadata: Any = None,
    ) -> None:
        super().__init__(name, metadata)
        self.target_url, self.sha256, self.vocal = target_url, sha256, vocal
        self.start_s, self.end_s = float(start_s), float(end_s)

    def __repr__(self) -> str:
        return f"PerformanceReference({self.target_url!r}, {self.vocal!r}, {self.start_s:g} .. {self.end_s:g} s)"


@otio.core.register_type
class VisemeTrack(otio.core.SerializableObjectWithMetadata):  # type: ignore[misc] # OTIO has no types
    """Version 2 holds curves: {viseme: [[seconds...], [weights...]]}, straight lines between. Version 1 is a cue
    list for tools that know one mouth at a time: `cues` [[start second, viseme, weight], ...]."""

    _serializable_label = "VisemeTrack.2"
    _name = "VisemeTrack"

    curves = otio.core.serializable_field("curves", doc="{viseme: [[seconds], [weights]]}")

    def __init__(self, name: str = "", curves: Any = None, metadata: Any = None) -> None:
        super().__init__(name, metadata)
        self.curves = curves or {}

    def __repr__(self) -> str:
        return f"VisemeTrack({self.name!r}, {len(self.curves)} curves)"


# OTIO runs `modified = f(data); data.clear(); data.update(modified)`: returning `data` itself empties the object, and
# containers taken out of it die with the clear. So every function returns a fresh dict of plain values.
@otio.core.downgrade_function_from(PerformanceReference, 2)  # type: ignore[untyped-decorator]
def performance_reference_to_1(data: Any) -> dict[str, Any]:
    """The file alone; what version 1 has no field for rides in its metadata."""
    fields = plain(data)
    extra = {key: fields.pop(key) for key in ("vocal", "start_s", "end_s") if key in fields}
    metadata = dict(fields.get("metadata") or {})
    metadata["lipwright_v2"] = extra
    return {**fields, "metadata": metadata}


@otio.core.upgrade_function_for(PerformanceReference, 2)  # type: ignore[untyped-decorator]
def performance_reference_to_2(data: Any) -> dict[str, Any]:
    """What a downgrade put aside comes back; a true version 1 covers an unknown stretch of an unnamed vocal."""
    fields = plain(data)
    metadata = dict(fields.get("metadata") or {})
    extra = metadata.pop("lipwright_v2", {})
    return {"vocal": "", "start_s": 0.0, "end_s": 0.0, **fields, **extra, "metadata": metadata}


@otio.core.downgrade_function_from(VisemeTrack, 2)  # type: ignore[untyped-decorator]
def viseme_track_to_1(data: Any) -> dict[str, Any]:
    """Curves to cues: at every key time the strongest viseme; repeats are left out."""
    fields = plain(data)
    return {**{k: v for k, v in fields.items() if k != "curves"}, "cues": cues_from_curves(fields.get("curves") or {})}


@otio.core.upgrade_function_for(VisemeTrack, 2)  # type: ignore[untyped-decorator]
def viseme_track_to_2(data: Any) -> dict[str, Any]:
    """Cues to curves: each mouth holds its weight until the next takes over."""
    fields = plain(data)
    return {**{k: v for k, v in fields.items() if k != "cues"}, "curves": curves_from_cues(fields.get("cues") or [])}
