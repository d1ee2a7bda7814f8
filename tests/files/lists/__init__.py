"""Invented household lists with what a careful person reads in each. One module for one sort of trouble."""
