"""The administrator's pages: gateways, the budget, and the ward's own ladders."""
