#include "decoder.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace swcuda {

namespace {
constexpr u32 kSlotAlignment = 64;

const Opcodes& opcodes() {
  static const Opcodes all = [] {
    Opcodes found;
    addIntegerOpcodes(found);
    addBitOpcodes(found);
    addFloatOpcodes(found);
    addFunctionOpcodes(found);
    addCompareOpcodes(found);
    addConvertOpcodes(found);
    addMoveOpcodes(found);
    addMemoryOpcodes(found);
    addAtomicOpcodes(found);
    addControlOpcodes(found);
    addExchangeOpcodes(found);
    addMatrixOpcodes(found);
    return found;
  }();
  return all;
}

Decode find(const std::map<std::string, Decode>& table, const std::string& name) {
  auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}
}  // namespace

bool isFloat(Type type) {
  switch (type) {
    case Type::F16: case Type::BF16: case Type::F32: case Type::F64: case Type::F16X2: case Type::BF16X2: return true;
    default: return false;
  }
}

Decoder::Decoder(const Declaration& function, const ModuleScope& module) : function_(function), module_(module) {}

void Decoder::unsupported(const Statement& statement) {
  throw Fault(NO_BINARY_FOR_GPU, "the software device does not know the instruction \"" + statement.text + "\" (line " +
                                     std::to_string(statement.line) + ")");
}

Kernel Decoder::decode() {
  blocks_.push_back({});
  readHeader(function_);
  kernel_.registerBytes = kSlotAlignment;  // slot 0: all lanes, for instructions without a guard
  kernel_.constants.push_back({0, 0, 1});
  std::vector<Statement> body = statementsOf(function_.body, function_.bodyLine);
  layOutShared(body);
  decodeBody(body);
  appendEnd();
  resolveBranches();
  return std::move(kernel_);
}

void Decoder::layOutShared(const std::vector<Statement>& body) {
  for (const std::string& declaration : module_.shared) {
    std::string name = variableIn(declaration).name;
    bool used = function_.body.find(name) != std::string::npos;
    for (const auto& [_, function] : module_.functions) used |= function->body.find(name) != std::string::npos;
    if (used) declareShared(declaration);
  }
  for (const Statement& statement : body) {
    if (statement.kind == Statement::Kind::DIRECTIVE && statement.text.starts_with(".shared")) declareShared(statement.text);
  }
  u32 end = kernel_.shared.empty() ? 0 : kernel_.shared.back().offset + kernel_.shared.back().bytes + kSharedGap;
  kernel_.dynamicBase = (end + kSharedGap - 1) & ~(kSharedGap - 1);
}

void Decoder::appendEnd() {
  Instruction end;
  opcodes().any.at("exit")(*this, Statement{}, end);
  end.line = static_cast<u32>(kernel_.source.size());
  kernel_.source.push_back("the end of the kernel");
  kernel_.code.push_back(end);
}

void Decoder::decodeBody(const std::vector<Statement>& body) {
  blocks_.push_back({});
  std::string lastLabel;
  for (const Statement& statement : body) {
    switch (statement.kind) {
      case Statement::Kind::OPEN: blocks_.push_back({}); break;
      case Statement::Kind::CLOSE: blocks_.pop_back(); break;
      case Statement::Kind::LABEL:
        labels_[labelKey(statement.text)] = static_cast<u32>(kernel_.code.size());
        lastLabel = statement.text;
        break;
      case Statement::Kind::DIRECTIVE: directive(statement, lastLabel); break;
      case Statement::Kind::INSTRUCTION: instruction(statement); break;
    }
  }
  blocks_.pop_back();
}

void Decoder::instruction(const Statement& statement) {
  const std::string& name = statement.opcode[0];
  if (name == "call") {
    inlineCall(statement);
    return;
  }
  const Opcodes& all = opcodes();
  Decode decode = find(all.any, name);
  if (!decode) decode = find(isFloat(statement.type()) ? all.floats : all.integers, name);
  if (!decode) unsupported(statement);
  Instruction i;
  i.line = static_cast<u32>(kernel_.source.size());
  kernel_.source.push_back("line " + std::to_string(statement.line) + ": " + statement.text);
  try {
    if (!statement.guard.empty()) {
      i.guard = predicate(statement.guard, i.guardFlip);
      if (statement.guardNegated) i.guardFlip = kAllLanes;
    }
    decode(*this, statement, i);
  } catch (const std::out_of_range&) {
    unsupported(statement);
  }
  if (i.run) kernel_.code.push_back(i);
}

void Decoder::directive(const Statement& statement, const std::string& lastLabel) {
  std::vector<std::string> parts = words(statement.text);
  const std::string& name = parts[0];
  if (name == ".reg") {
    declareRegisters(statement.text);
  } else if (name == ".shared") {
    // laid out before the first instruction
  } else if (name == ".local") {
    Variable variable = variableIn(statement.text);
    blocks_.back().locals[variable.name] = declareLocal(variable);
  } else if (name == ".param") {
    Variable variable = variableIn(statement.text);
    blocks_.back().parameters[variable.name] = declareLocal(variable);
  } else if (name == ".branchtargets") {
    std::vector<std::string> targets = splitTop(statement.text.substr(name.size()), ',');
    for (std::string& target : targets) target = labelKey(target);
    tables_[labelKey(lastLabel)] = targets;
  } else if (name != ".pragma" && name != ".callprototype") {
    unsupported(statement);
  }
}

u32 Decoder::source(const std::string& operand, Type type) {
  u32 width;
  u32 slot = looseSource(operand, type, width);
  if (width != widthOf(type)) throw Fault(INVALID_PTX, "register " + operand + " has another width than its instruction");
  return slot;
}

u32 Decoder::looseSource(const std::string& operand, Type type, u32& width) {
  if (Register* found = findRegister(operand)) {
    width = widthOf(found->type);
    return found->slot;
  }
  width = type == Type::PRED ? 0 : std::max(widthOf(type), 2u);
  if (operand[0] == '%') {
    width = 4;
    return special(operand);
  }
  u64 value;
  std::size_t plus = operand.find('+');
  if (symbol(operand.substr(0, plus), value)) {
    if (plus != std::string::npos) value += static_cast<u64>(std::strtoll(operand.c_str() + plus + 1, nullptr, 0));
    return constant(width, value);
  }
  if (type == Type::PRED) return constant(0, immediate(operand, Type::U32) != 0);
  return constant(width, immediate(operand, type));
}

u32 Decoder::destination(const std::string& operand, Type type) {
  u32 width;
  u32 slot = looseDestination(operand, type, width);
  if (width != widthOf(type)) throw Fault(INVALID_PTX, "register " + operand + " has another width than its instruction");
  return slot;
}

u32 Decoder::looseDestination(const std::string& operand, Type type, u32& width) {
  width = std::max<u32>(widthOf(type), type == Type::PRED ? 0 : 2);
  if (operand == "_") return scratch(8);
  Register* found = findRegister(operand);
  if (!found) throw Fault(INVALID_PTX, "no register " + operand);
  width = widthOf(found->type);
  return found->slot;
}

u32 Decoder::predicate(const std::string& operand, u32& flip) {
  bool negated = operand[0] == '!';
  flip = negated ? kAllLanes : 0;
  return source(negated ? operand.substr(1) : operand, Type::PRED);
}

Address Decoder::address(const std::string& operand) {
  std::string inside = trimmed(operand.substr(1, operand.size() - 2));
  std::size_t plus = inside.find('+');
  std::string base = trimmed(inside.substr(0, plus));
  s64 offset = plus == std::string::npos ? 0 : std::strtoll(trimmed(inside.substr(plus + 1)).c_str(), nullptr, 0);
  if (Register* found = findRegister(base)) return {found->slot, widthOf(found->type), offset};
  u64 value;
  if (!symbol(base, value)) value = immediate(base, Type::U64);
  return {constant(8, value), 8, offset};
}

u32 Decoder::constant(u32 width, u64 bits) {
  if (width == 2) bits &= 0xffff;
  if (width == 4) bits &= 0xffffffff;
  auto [entry, fresh] = constants_.try_emplace({width, bits}, 0);
  if (fresh) {
    entry->second = scratch(width);
    kernel_.constants.push_back({entry->second, width, bits});
  }
  return entry->second;
}

bool Decoder::isConstant(u32 slot) const {
  return std::any_of(kernel_.constants.begin(), kernel_.constants.end(), [=](const Constant& c) { return c.slot == slot; });
}

u64 Decoder::constantBits(u32 slot) const {
  for (const Constant& constant : kernel_.constants) {
    if (constant.slot == slot) return constant.bits;
  }
  throw std::out_of_range("no constant there");
}

u32 Decoder::scratch(u32 width) {
  u32 slot = kernel_.registerBytes;
  u32 bytes = width == 0 ? 4 : width * kLanes;
  kernel_.registerBytes += (bytes + kSlotAlignment - 1) & ~(kSlotAlignment - 1);
  return slot;
}

std::vector<std::string> Decoder::elements(const std::string& operand) {
  if (operand[0] != '{') return {operand};
  return splitTop(operand.substr(1, operand.size() - 2), ',');
}

void Decoder::setList(Instruction& i, const std::vector<u32>& slots) {
  i.list = static_cast<u32>(kernel_.lists.size());
  i.count = static_cast<u32>(slots.size());
  kernel_.lists.insert(kernel_.lists.end(), slots.begin(), slots.end());
}

void Decoder::branchTo(Instruction&, const std::string& label) {
  branches_.push_back({static_cast<u32>(kernel_.code.size()), labelKey(label)});
}

void Decoder::branchTable(Instruction&, const std::string& table) {
  tableUses_.push_back({static_cast<u32>(kernel_.code.size()), labelKey(table)});
}

void Decoder::resolveBranches() {
  auto target = [&](const std::string& key) {
    auto found = labels_.find(key);
    if (found == labels_.end()) throw Fault(INVALID_PTX, "no label " + key);
    return found->second;
  };
  for (const auto& [at, label] : branches_) kernel_.code[at].target = target(label);
  for (const auto& [at, table] : tableUses_) {
    std::vector<u32> targets;
    for (const std::string& label : tables_.at(table)) targets.push_back(target(label));
    setList(kernel_.code[at], targets);
  }
}

void Decoder::touchesShared(u32 bytes) { kernel_.sharedGranule = std::min(kernel_.sharedGranule, std::max(bytes, 1u)); }

}  // namespace swcuda
