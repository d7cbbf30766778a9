//! decant
