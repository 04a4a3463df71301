"""The model: fitting, calibration, conformal sets, explanations, its files."""
