"""The model and bars that the records of a round are scored with, and whether they still hold when it is settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pyarrow as pa
from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType
from identity import models_store, pending, store
from identity.bars import Bars, bars_for
from identity.blocking import GlueRule
from identity.choice import choose_model
from identity.model import ENOUGH_TO_TRAIN, Junk, Model
from identity.training import Trained

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Judge:
    """The model and the bars that the records of a type were scored with.

    `replaces`: the model is new, in place of this live version (0: of none). `rescored`: the whole base was scored
    because the bar for keeping edges moved. `trained`: what training has scored already.
    """

    model: Model
    bars: Bars
    replaces: int | None = None
    rescored: bool = False
    trained: Trained | None = field(default=None, repr=False)

    @property
    def known(self) -> pa.Table | None:
        """The edges that training has scored already, if they are those that the bars in force keep."""
        return self.trained.edges if self.trained and self.bars.keep == self.model.keep_weight else None

    def scorer(self, suppressed: Junk) -> Model:
        """Give the model as it scores: with the bar for keeping edges in force, and without what is suppressed."""
        return replace(self.model, keep_weight=self.bars.keep, junk=self.model.junk | suppressed)


def judge_for(
    conn: Connection,
    config: Config,
    entity_type: EntityType,
    live: models_store.Live | None,
    due: int,
    rule: GlueRule,
    tell: Progress,
) -> Judge | None:
    """Give what the `due` records of a type are to be judged by; None where there is nothing to judge.

    Chooses a model for a type that has none, or has outgrown its own; `rule` says what training leaves out as glue.
    """
    matching = config.matching_for(entity_type)
    if live is None or (due and _outgrown(conn, entity_type, live)):
        if not due:
            return None
        tell(f"choosing a model for {entity_type} records")
        chosen = choose_model(conn, config, entity_type, rule=rule, progress=tell)
        bars = bars_for(matching, chosen.model)
        return Judge(chosen.model, bars, replaces=live.version if live else 0, trained=chosen.trained)
    bars = bars_for(matching, live.model)
    if not due and bars == live.bars:
        return None
    model = models_store.load(conn, entity_type, live.version)
    return Judge(model, bars, rescored=live.bars is None or bars.keep != live.bars.keep)


def _outgrown(conn: Connection, entity_type: EntityType, live: models_store.Live) -> bool:
    """Say whether the base is ten times what the model was made for: its keys would bring far too many pairs."""
    most = max(10 * live.model.records, ENOUGH_TO_TRAIN)
    return store.about_how_many(conn) > most and store.live_count(conn, entity_type) > most


def accept(conn: Connection, entity_type: EntityType, judge: Judge) -> bool:
    """Say whether the round's judge is still the right one; saves it and makes it live if it is new."""
    live = models_store.live(conn, entity_type)
    if judge.replaces is not None:
        if judge.replaces != (live.version if live else 0):
            return False
        models_store.save(conn, judge.model)
        models_store.make_live(conn, entity_type, judge.model.version)
        return True
    if live is None or live.version != judge.model.version:
        return False
    if live.bars is None or live.bars.keep != judge.bars.keep:
        if judge.rescored:
            pending.mark_all(conn, entity_type)
        return judge.rescored
    return True


def link_moved(conn: Connection, entity_type: EntityType, judge: Judge) -> bool:
    """Say whether the bar for linking is another one now than when the clusters were made last."""
    live = models_store.live(conn, entity_type)
    return live is not None and live.bars is not None and live.bars.link != judge.bars.link
