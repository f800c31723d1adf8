//! One chart a file, drawn by plotters as SVG and PNG.
