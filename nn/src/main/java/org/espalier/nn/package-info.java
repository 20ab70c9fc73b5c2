/// Layers, transformers, tokenizers, checkpoints and optimisers on top of the tensors of core.
@NullMarked
package org.espalier.nn;

import org.jspecify.annotations.NullMarked;
