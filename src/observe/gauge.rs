//! Step functions of time, closed into periods.
