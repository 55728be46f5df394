"""The words of every figure, one module per modality: title, alternative text, caption."""
