"""Practice management for physiotherapy clinics."""
