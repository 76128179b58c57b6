"""What limits results before any model: cases that left, masks, textures; and what a limit consists of."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.reporting.content import ReportContent
from osteon.reporting.numbers import integer, number, percent

MANY_EXCLUDED = 0.1
LOW_DICE = 0.9


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        key: id on the page.
        title: a few words.
        text: one or two sentences with the numbers.
        serious: True if it belongs on the first screen.
    """

    key: str
    title: str
    text: str
    serious: bool = True


def inaccurate_masks(content: ReportContent) -> Limit | None:
    """Structures whose predicted masks agree too little with manual ones."""
    if content.agreement is None:
        return None
    dice = content.agreement[content.agreement["measure"] == "dice"]
    low = dice[(dice["mean"] < LOW_DICE) & dice["center"].isin(list(content.centers)) & (dice["label"] != "all")]
    if low.empty:
        return None
    say = content.say
    places = [
        say(
            "{place}, {what}: {value}",
            place=content.centers[row["center"]],
            what=row["label"],
            value=number(row["mean"], 3),
        )
        for _, row in low.iterrows()
    ]
    text = say(
        "Mean Dice below {limit} ({places}). Features of these regions describe other tissue, too.",
        limit=LOW_DICE,
        places=say("; ").join(places),
    )
    return Limit("limit-masks", say("Inaccurate masks"), text)


def constant_textures(content: ReportContent) -> Limit | None:
    """Sequences whose regions have a single grey level."""
    if content.levels is None:
        return None
    errors = content.levels[content.levels["verdict"] == "error"]
    if errors.empty:
        return None
    say = content.say
    places = dict.fromkeys(
        say("{place}, {what}", place=content.centers.get(row["center"], row["center"]), what=row["sequence"])
        for _, row in errors.iterrows()
    )
    settings = dict.fromkeys(str(value) for value in errors["setting"].dropna() if value)
    if settings:
        text = say(
            "Regions have a single grey level with '{settings}' ({places}), so their texture features say nothing. The "
            "section Features says what to write instead.",
            settings=say(" and ").join(settings),
            places=say("; ").join(places),
        )
    else:
        text = say(
            "Regions have a single grey level ({places}), so their texture features say nothing. The section Features "
            "says what to write instead.",
            places=say("; ").join(places),
        )
    return Limit("limit-levels", say("Textures are constants"), text)


def many_excluded(content: ReportContent) -> Limit | None:
    """Hospitals of which many cases left."""
    listed = content.flow[content.flow["step"] == "listed"].set_index("center")["n"]
    out = content.flow[content.flow["kind"] == "out"].groupby("center")["n"].sum()
    say = content.say
    many = [
        say("{place}: {n} of {all}", place=content.centers[center], n=integer(count), all=integer(listed[center]))
        for center, count in out.items()
        if count / listed[center] > MANY_EXCLUDED
    ]
    if not many:
        return None
    text = say(
        "More than {share} of the cases left ({places}). Those who stayed may differ from those who left.",
        share=percent(MANY_EXCLUDED, 0),
        places=say("; ").join(many),
    )
    return Limit("limit-excluded", say("Many excluded cases"), text)
