package org.espalier.benchmarks.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.espalier.benchmarks.Trainee;

/// PyTorch's fused AdamW, after clipping by joint norm.
///
/// The fused operator has no Java method; it is called by its name, with its arguments on a stack.
/// It takes lists of tensors, and only TorchScript makes those from Java.
final class TorchAdamW {
  private final TensorVector parameters;
  private final List<Slot> slots = new ArrayList<>();
  private final OperatorHandle fused =
      Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", "");

  /// Owns the functions below: it must live as long as they do.
  private final CompilationUnit script =
      torch.compile(
          """
          def one(t: Tensor) -> List[Tensor]:
              return [t]
          def none() -> List[Tensor]:
              empty: List[Tensor] = []
              return empty
          """);

  private final Function one = script.get_function(new QualifiedName("one"));
  private final IValue none =
      script.get_function(new QualifiedName("none")).apply(new IValueVector());

  private record Slot(
      Tensor parameter, IValue self, IValue mean, IValue square, Tensor age, double decay) {}

  TorchAdamW(TorchWeights weights) {
    parameters = weights.vector();
    try (NoGradGuard _ = new NoGradGuard()) {
      for (Tensor p : weights.all().values()) {
        slots.add(
            new Slot(
                p,
                list(p),
                list(torch.zeros_like(p)),
                list(torch.zeros_like(p)),
                torch.zeros(new long[0]),
                p.dim() < 2 ? 0 : Trainee.WEIGHT_DECAY));
      }
    }
  }

  private IValue list(Tensor t) {
    return one.apply(new IValueVector(new IValue(t)));
  }

  /// Moves all parameters that have a gradient.
  void step() {
    torch.clip_grad_norm_(parameters, Trainee.LARGEST_NORM);
    try (NoGradGuard _ = new NoGradGuard();
        Scalar single = new Scalar(1.0)) {
      for (Slot s : slots) {
        Tensor gradient = s.parameter().grad();
        if (gradient.defined()) {
          s.age().add_(single);
          update(s, gradient);
        }
      }
    }
  }

  private void update(Slot s, Tensor gradient) {
    IValueVector stack = new IValueVector();
    stack.push_back(s.self());
    stack.push_back(list(gradient));
    stack.push_back(s.mean());
    stack.push_back(s.square());
    stack.push_back(none); // the largest squares, which only AMSGrad keeps
    stack.push_back(list(s.age()));
    stack.push_back(new IValue(Trainee.LEARNING_RATE));
    stack.push_back(new IValue(0.9));
    stack.push_back(new IValue(0.999));
    stack.push_back(new IValue(s.decay()));
    stack.push_back(new IValue(1e-8));
    stack.push_back(new IValue(false)); // AMSGrad
    stack.push_back(new IValue(false)); // maximise
    stack.push_back(new IValue()); // no scaling of gradients
    stack.push_back(new IValue()); // no search for infinities
    fused.callBoxed(stack);
  }
}
