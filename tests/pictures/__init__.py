"""Pictures of every page, to see whether a change moved a pixel."""
