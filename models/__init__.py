"""The shipped network: digits.tflite runs, digits.keras trains on, digits.json is the model card."""
