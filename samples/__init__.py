"""The samples; of these a wheel brings the video and one digit, as the package livedigits_samples."""
