"""Words as markers on the scene's timeline, phonemes as markers inside the action."""

import json

# The longest marker list that stays readable and quick; an hour of talk has about 9,000 words.
MOST = 20000


def mark_words(scene, action, made) -> None:
    """Markers for the words of one take; those of its last bake are taken away first. `made` None: none at all."""
    old = set(json.loads(action.lipwright.word_markers or "[]"))
    for marker in [m for m in scene.timeline_markers if f"{m.frame}:{m.name}" in old]:
        scene.timeline_markers.remove(marker)
    made_now = []
    for frame, text in made.words[:MOST] if made is not None else ():
        marker = scene.timeline_markers.new(text, frame=round(frame))
        made_now.append(f"{marker.frame}:{marker.name}")
    action.lipwright.word_markers = json.dumps(made_now, ensure_ascii=False)


def marked(scene, action) -> bool:
    """Whether the scene has a word marker of this take."""
    ours = set(json.loads(action.lipwright.word_markers or "[]"))
    return any(f"{marker.frame}:{marker.name}" in ours for marker in scene.timeline_markers)


def mark_phonemes(action, made) -> None:
    """The phonemes inside the action, where the strip shows them; all pose markers of our own action are ours."""
    for marker in list(action.pose_markers):
        action.pose_markers.remove(marker)
    for start, _, symbol in made.phonemes[:MOST]:
        action.pose_markers.new(symbol).frame = round(start)
    action["phonemes"] = json.dumps([[round(s, 3), round(e, 3), symbol] for s, e, symbol in made.phonemes])
