/// Models on disk: Hugging Face folders, safetensors and the initialisers of ONNX files.
package org.espalier.nn.checkpoint;
