"""Propose settings from files: what `hub init --from` writes."""

from sources.propose.proposal import FileProposal, Proposal, propose
from sources.propose.render import render

__all__ = ["FileProposal", "Proposal", "propose", "render"]
