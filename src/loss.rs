//! To come: see the design.
