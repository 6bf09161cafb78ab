"""Turn what people do with an AI feature into ground truth."""
