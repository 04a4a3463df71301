"""How good a model is: measures, comparison with the deployed version, report and cards."""
