"""Where to look when nobody and no text is seen: at what moves, if enough of it moves at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.framing.needs import Needs, distance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.picture import Shot

    Values = NDArray[np.float64]

_LEAST = 0.004
_SHARE = 0.3
_WANDERS = 0.5
"""Movement whose middle wanders over more than this share of a window is followed, else its middle is looked at."""
_SMOOTHED_S = 1.0
_PULL = 0.3
"""So far a window is drawn from what moves towards the middle, where a picture usually has its weight."""
_LOST_S = 2.0
_STRONG = 0.015


def needs_of_movement(shot: Shot, window: tuple[float, float]) -> Needs | None:
    """Return where the movement of a shot is, or None where there is too little of it.

    Args:
        shot: as it was seen.
        window: width and height of the window in shares of the picture.
    """
    import numpy as np

    seen = [one for one in shot.movement if one.amount >= _LEAST]
    if len(seen) < 3 or len(seen) < _SHARE * len(shot.movement):
        return None
    times = np.array([one.time for one in seen])
    places = np.clip(np.array([(one.x, one.y) for one in seen]), 0, 1)
    places += (0.5 - places) * _PULL
    weights = np.array([one.amount for one in seen])
    smooth = np.stack([_smoothed(times, places[:, axis], weights) for axis in (0, 1)], axis=1)
    spread = np.quantile(smooth, 0.9, axis=0) - np.quantile(smooth, 0.1, axis=0)
    if (spread <= _WANDERS * np.array(window)).all():
        middle = [_weighted_median(places[:, axis], weights) for axis in (0, 1)]
        smooth = np.tile([middle], (len(times), 1))
    return Needs(times, np.concatenate([smooth, smooth], axis=1), smooth)


def _smoothed(times: Values, values: Values, weights: Values) -> Values:
    import numpy as np

    near = np.exp(-(((times[:, None] - times[None, :]) / _SMOOTHED_S) ** 2)) * weights[None, :]
    smooth: Values = (near @ values) / near.sum(axis=1)
    return smooth


def _weighted_median(values: Values, weights: Values) -> float:
    import numpy as np

    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def watch_while_unseen(needs: Needs, shot: Shot) -> Needs:
    """Return needs that look where it moves while a person is not seen for long: without having to hold anything."""
    import numpy as np

    strong = [one for one in shot.movement if one.amount >= _STRONG]
    if not strong:
        return needs
    times = np.array([one.time for one in strong])
    lost = distance(times, needs.times) > _LOST_S
    if lost.sum() < 3:
        return needs
    places = np.clip(np.array([(one.x, one.y) for one in strong]), 0, 1)[lost]
    weights = np.array([one.amount for one in strong])[lost]
    smooth = np.stack([_smoothed(times[lost], places[:, axis], weights) for axis in (0, 1)], axis=1)
    smooth[:, 1] = np.median(needs.centres[:, 1])
    order = np.argsort(np.concatenate([needs.times, times[lost]]), kind="stable")
    return Needs(
        np.concatenate([needs.times, times[lost]])[order],
        np.concatenate([needs.boxes, np.full((len(smooth), 4), np.nan)])[order],
        np.concatenate([needs.centres, smooth])[order],
        needs.lift,
    )
