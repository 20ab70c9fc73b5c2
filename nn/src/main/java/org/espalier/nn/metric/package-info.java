/// What is measured on held-out examples: each metric in one small class with its definition.
package org.espalier.nn.metric;
