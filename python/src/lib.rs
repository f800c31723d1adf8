//! The native half of the Python package: scenarios, runs and sweeps as objects that hold what the
//! library made, tables handed over as Arrow. `fleetcast/` has the functions that people call.

mod arrow;
mod errors;
mod interrupt;
mod run;
mod scenario;
mod sweep;

use pyo3::prelude::*;

/// The native half of fleetcast; its Python half is what to use.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::arrow::Table;
    #[pymodule_export]
    use crate::run::PlayedScenario;
    #[pymodule_export]
    use crate::scenario::Scenario;
    #[pymodule_export]
    use crate::sweep::SweepRunner;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
