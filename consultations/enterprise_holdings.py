"""Which enterprises of the directory hold no asset we know of: whom trainings for beginners are for (普及培训).

Source: service specification draft, 7（三）: 未开展创造活动者普及培训.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from consultations import assets
from consultations.assets import Asset, AssetLedger
from consultations.enterprises import Enterprise, EnterpriseContact


def has_no_asset() -> ColumnElement[bool]:
    """Whether an enterprise stands in no ledger staff keep under its name, nor in one of those who speak for it.

    Both lists are made once for a whole query, not looked up for each row.
    """
    live = select(Asset.ledger_id).where(~col(Asset.number).startswith(assets.ERASED, autoescape=True))
    holding = col(AssetLedger.id).in_(live)
    names = select(AssetLedger.enterprise).where(holding)
    owners = select(AssetLedger.contact_id).where(holding, col(AssetLedger.contact_id).is_not(None))
    tied = select(EnterpriseContact.enterprise_id).where(col(EnterpriseContact.contact_id).in_(owners))
    return col(Enterprise.name).not_in(names) & col(Enterprise.id).not_in(tied)
