package org.espalier.testkit;

import static org.espalier.testkit.Input.normal;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.op.Einsum;
import org.espalier.op.MatrixProduct;

/// Cases of sums of products, and of products with vectors.
final class EinsumCases {
  private EinsumCases() {}

  static List<OpCase> all() {
    Input a = normal(1, 2, 3, 4);
    Input b = normal(2, 2, 4, 5);
    Input square = normal(3, 4, 4);
    return List.of(
        einsum("bik,bkj->bij", a, b),
        einsum("bik,bkj", a, b),
        einsum("bik,bkj->jib", a, b),
        einsum("bik,bkj->", a, b),
        einsum("bik->kb", a),
        einsum("bik->", a),
        einsum("ii->i", square),
        einsum("ii", square),
        einsum("iij->ji", normal(1, 3, 3, 2)),
        einsum("iiii->i", normal(1, 2, 2, 2, 2)),
        einsum("i,j->ij", normal(1, 3), normal(2, 4)),
        einsum("i,i->", normal(1, 3), normal(2, 3)),
        einsum("i,i->i", normal(1, 3), normal(2, 3)),
        einsum("ij,j->i", normal(1, 3, 4), normal(2, 4)),
        einsum("...ik,...kj->...ij", normal(1, 2, 1, 3, 4), normal(2, 5, 4, 2)),
        einsum("...,...", normal(1, 2, 3), normal(2, 3)),
        einsum("b...k,k->b...", normal(1, 2, 3, 4), normal(2, 4)),
        einsum("ij,jk->ik", normal(1, 3, 1), normal(2, 4, 2)),
        einsum("ij,ij->ij", normal(1, 3, 1), normal(2, 1, 4)),
        einsum("bhqd,bhkd->bhqk", normal(1, 2, 2, 3, 4), normal(2, 2, 2, 5, 4)),
        einsum("i,ij,j->", normal(1, 3), normal(2, 3, 4), normal(3, 4)),
        einsum("ij,jk,kl->il", normal(1, 2, 3), normal(2, 3, 4), normal(3, 4, 2)),
        einsum("ik,jk,lk->ijl", normal(1, 2, 3), normal(2, 3, 3), normal(3, 2, 3)),
        einsum("ij,kl->", normal(1, 2, 3), normal(2, 3, 2)),
        einsum(",ij->ij", normal(1), normal(2, 2, 3)),
        einsum("aB,Bc", normal(1, 2, 3), normal(2, 3, 4)),
        einsum("ij,jk->ik", normal(1, 2, 0), normal(2, 0, 3)),
        einsum("ij,jk->ik", normal(1, 0, 2), normal(2, 2, 3)),
        matmul("two vectors", normal(1, 5), normal(2, 5)),
        matmul("vector and matrix", normal(1, 5), normal(2, 5, 3)),
        matmul("vector and matrices", normal(1, 5), normal(2, 2, 5, 3)),
        matmul("matrix and vector", normal(1, 3, 5), normal(2, 5)),
        matmul("matrices and vector", normal(1, 2, 3, 5), normal(2, 5)),
        matmul("empty vectors", normal(1, 0), normal(2, 0)));
  }

  private static OpCase einsum(String equation, Input... operands) {
    StringBuilder name = new StringBuilder(equation);
    for (Input operand : operands) {
      name.append(' ').append(operand.shape());
    }
    return OpCase.of(name.toString(), Einsum.class, t -> Tensor.einsum(equation, t), operands)
        .terms(16);
  }

  private static OpCase matmul(String name, Input a, Input b) {
    return OpCase.of(name, MatrixProduct.class, t -> t[0].matmul(t[1]), a, b).terms(5);
  }
}
