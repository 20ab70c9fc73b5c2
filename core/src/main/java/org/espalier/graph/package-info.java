/// Training steps that are recorded once and replayed as a whole.
@org.jspecify.annotations.NullMarked
package org.espalier.graph;
