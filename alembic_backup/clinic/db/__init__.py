"""Database layer: naming convention, metadata and column types."""
