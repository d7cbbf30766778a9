//! Values decoded.
