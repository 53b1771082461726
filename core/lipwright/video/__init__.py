"""Clips in and takes out: native frames with their own times, regions in RGB, editors' codecs, sound untouched."""

from lipwright.video.codecs import codecs
from lipwright.video.frame_schedule import FITS, Plan, plan_frames, walk
from lipwright.video.info import AudioInfo, ClipInfo
from lipwright.video.part import Part, part
from lipwright.video.pixels.regions import Box, paste_rgb, region_rgb
from lipwright.video.reading import Clip, Frame, open_clip
from lipwright.video.sound import Sound
from lipwright.video.writing import Writer

__all__ = [
    "FITS",
    "AudioInfo",
    "Box",
    "Clip",
    "ClipInfo",
    "Frame",
    "Part",
    "Plan",
    "Sound",
    "Writer",
    "codecs",
    "open_clip",
    "part",
    "paste_rgb",
    "plan_frames",
    "region_rgb",
    "walk",
]
