/// Internal: the obvious backend. Each kernel is the loop that its formula says, in double, over
/// views of any strides; the other backends are held to it.
///
/// Start with [ReferenceBackend]; each family of kernels is one small class beside it.
package org.espalier.reference;
