"""The fault suite: whatever can go wrong on one machine is provoked, and what arrived is counted."""
