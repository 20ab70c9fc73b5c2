// What names in a function's text stand for: registers, variables, parameters, numbers, labels.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "decoder.h"

namespace swcuda {

namespace {
const std::map<std::string, Special> kSpecials = {
    {"%tid.x", Special::TID_X},
    {"%tid.y", Special::TID_Y},
    {"%tid.z", Special::TID_Z},
    {"%ntid.x", Special::NTID_X},
    {"%ntid.y", Special::NTID_Y},
    {"%ntid.z", Special::NTID_Z},
    {"%ctaid.x", Special::CTAID_X},
    {"%ctaid.y", Special::CTAID_Y},
    {"%ctaid.z", Special::CTAID_Z},
    {"%nctaid.x", Special::NCTAID_X},
    {"%nctaid.y", Special::NCTAID_Y},
    {"%nctaid.z", Special::NCTAID_Z},
    {"%laneid", Special::LANE},
    {"%warpid", Special::WARP},
    {"%nwarpid", Special::WARPS},
    {"%lanemask_eq", Special::LANEMASK_EQ},
    {"%lanemask_le", Special::LANEMASK_LE},
    {"%lanemask_lt", Special::LANEMASK_LT},
    {"%lanemask_ge", Special::LANEMASK_GE},
    {"%lanemask_gt", Special::LANEMASK_GT},
    {"%smid", Special::SM},
    {"%nsmid", Special::SMS},
    {"%gridid", Special::GRID},
    {"%dynamic_smem_size", Special::DYNAMIC_SHARED},
    {"%total_smem_size", Special::TOTAL_SHARED},
};

/// Bytes of a variable's element type, ".b8" or ".f32".
u32 elementBytes(const std::string& word) { return word[0] == '.' ? widthOf(typeNamed(word.substr(1))) : 0; }
}  // namespace

Variable variableIn(const std::string& declaration) {
  Variable variable;
  u32 element = 1;
  std::string text = declaration.substr(0, declaration.find('='));
  std::vector<std::string> all = words(text);
  for (std::size_t n = 0; n + 1 < all.size(); n++) {
    if (all[n] == ".align") {
      variable.align = static_cast<u32>(std::stoul(all[n + 1]));
    } else if (elementBytes(all[n])) {
      element = elementBytes(all[n]);
    }
  }
  std::string name = trimmed(all.back());
  u32 count = 1;
  std::size_t open = name.find('[');
  while (open != std::string::npos) {
    std::string length = name.substr(open + 1, name.find(']', open) - open - 1);
    count *= length.empty() ? 0 : static_cast<u32>(std::stoul(length));
    open = name.find('[', open + 1);
  }
  variable.name = name.substr(0, name.find('['));
  variable.bytes = element * count;
  variable.align = std::max(variable.align, element);
  return variable;
}

void Decoder::readHeader(const Declaration& function) {
  const std::string& header = function.header;
  std::size_t open = header.find('(');
  std::string before = header.substr(0, open);
  kernel_.name = words(before).back();
  std::size_t close = open == std::string::npos ? std::string::npos : header.find(')', open);
  if (open != std::string::npos) {
    for (const std::string& text : splitTop(header.substr(open + 1, close - open - 1), ',')) {
      Variable variable = variableIn(text);
      u32 offset = (kernel_.parameterBytes + variable.align - 1) / variable.align * variable.align;
      kernel_.parameters.push_back({variable.name, offset, variable.bytes, text.find(".ptr") != std::string::npos, false});
      kernel_.parameterBytes = offset + variable.bytes;
    }
  }
  std::vector<std::string> rest = words(close == std::string::npos ? header : header.substr(close + 1));
  for (std::size_t n = 0; n + 1 < rest.size(); n++) {
    if (rest[n] == ".maxntid" || rest[n] == ".reqntid") {
      u32 threads = 1;
      for (std::size_t k = n + 1; k < rest.size() && rest[k][0] != '.'; k++) {
        for (const std::string& part : splitTop(rest[k], ',')) threads *= static_cast<u32>(std::stoul(part));
      }
      kernel_.maxThreads = threads;
    }
  }
}

void Decoder::declareRegisters(const std::string& declaration) {
  std::vector<std::string> parts = words(declaration);
  Type type = typeNamed(parts[1].substr(1));
  if (type == Type::NONE) throw Fault(INVALID_PTX, "registers of an unknown type: " + declaration);
  std::string names = declaration.substr(declaration.find(parts[1]) + parts[1].size());
  for (const std::string& name : splitTop(names, ',')) {
    std::size_t open = name.find('<');
    if (open == std::string::npos) {
      blocks_.back().registers[name] = {type, scratch(widthOf(type))};
    } else {
      u32 count = static_cast<u32>(std::stoul(name.substr(open + 1)));
      blocks_.back().families[name.substr(0, open)] = {type, count};
    }
  }
}

void Decoder::declareShared(const std::string& declaration) {
  Variable variable = variableIn(declaration);
  u32 end = kernel_.shared.empty() ? 0 : kernel_.shared.back().offset + kernel_.shared.back().bytes + kSharedGap;
  u32 align = std::max(variable.align, 16u);
  kernel_.shared.push_back({variable.name, (end + align - 1) / align * align, variable.bytes});
  kernel_.staticShared = (kernel_.staticShared + variable.align - 1) / variable.align * variable.align + variable.bytes;
}

u32 Decoder::declareLocal(const Variable& variable) {
  u32 align = std::max(variable.align, 8u);
  u32 offset = (kernel_.localBytes + align - 1) / align * align;
  kernel_.localBytes = offset + ((variable.bytes + 15) & ~15u);
  return offset;
}

Decoder::Register* Decoder::findRegister(const std::string& name) {
  std::size_t digits = name.find_last_not_of("0123456789") + 1;
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    auto found = block->registers.find(name);
    if (found != block->registers.end()) return &found->second;
    if (digits == 0 || digits == name.size()) continue;
    auto family = block->families.find(name.substr(0, digits));
    if (family == block->families.end() || std::stoul(name.substr(digits)) >= family->second.second) continue;
    Type type = family->second.first;
    return &(block->registers[name] = {type, scratch(widthOf(type))});
  }
  return nullptr;
}

bool Decoder::symbol(const std::string& name, u64& value) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    auto local = block->locals.find(name);
    if (local != block->locals.end()) {
      value = local->second;
      return true;
    }
  }
  for (const SharedVariable& variable : kernel_.shared) {
    if (variable.name == name) {
      value = variable.offset;
      return true;
    }
  }
  if (module_.dynamicShared.count(name)) {
    value = kernel_.dynamicBase;
    return true;
  }
  for (const Parameter& parameter : kernel_.parameters) {
    if (parameter.name == name) {
      value = parameter.offset;
      return true;
    }
  }
  auto variable = module_.variables.find(name);
  if (variable == module_.variables.end()) return false;
  value = variable->second;
  return true;
}

bool Decoder::localParameter(const std::string& operand, Address& address) {
  std::string inside = trimmed(operand.substr(1, operand.size() - 2));
  std::size_t plus = inside.find('+');
  std::string base = trimmed(inside.substr(0, plus));
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    auto found = block->parameters.find(base);
    if (found == block->parameters.end()) continue;
    s64 offset = plus == std::string::npos ? 0 : std::stoll(inside.substr(plus + 1));
    address = {constant(8, found->second), 8, offset};
    return true;
  }
  return false;
}

u32 Decoder::special(const std::string& name) {
  auto kind = kSpecials.find(name);
  if (kind == kSpecials.end()) throw Fault(NO_BINARY_FOR_GPU, "the software device does not know the register " + name);
  auto [entry, fresh] = specials_.try_emplace(name, 0);
  if (fresh) {
    entry->second = scratch(4);
    kernel_.specials.push_back({entry->second, kind->second});
  }
  return entry->second;
}

u64 Decoder::immediate(const std::string& text, Type type) {
  if (text == "WARP_SZ") return kLanes;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'f' || text[1] == 'F')) {
    u64 bits = std::stoull(text.substr(2), nullptr, 16);
    if (type != Type::F64) return bits;
    float value;
    u32 narrow = static_cast<u32>(bits);
    memcpy(&value, &narrow, sizeof value);
    double wide = value;
    memcpy(&bits, &wide, sizeof bits);
    return bits;
  }
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'd' || text[1] == 'D')) {
    u64 bits = std::stoull(text.substr(2), nullptr, 16);
    if (type != Type::F32) return bits;
    double value;
    memcpy(&value, &bits, sizeof value);
    float narrow = static_cast<float>(value);
    u32 out;
    memcpy(&out, &narrow, sizeof out);
    return out;
  }
  const char* start = text.c_str();
  char* end;
  bool negative = text[0] == '-';
  u64 value = std::strtoull(start + negative, &end, 0);
  if (end == start + negative || (*end && *end != 'U')) throw Fault(INVALID_PTX, "neither a register, a variable nor a number: " + text);
  return negative ? 0 - value : value;
}

std::string Decoder::labelKey(const std::string& label) const {
  return label + "#" + std::to_string(inlined_.empty() ? 0 : inlined_.back().copy);
}

void Decoder::loadsParameter(const std::string& value, u32 offset) {
  if (inlined_.empty()) fromParameter_[value] = offset;
}

void Decoder::usedAsAddress(const std::string& value) {
  auto found = fromParameter_.find(value);
  if (found == fromParameter_.end() || !inlined_.empty()) return;
  for (Parameter& parameter : kernel_.parameters) {
    if (parameter.offset == found->second && parameter.bytes == 8) parameter.pointer = true;
  }
}

void Decoder::usedAsNumber(const std::string& value) {
  auto found = fromParameter_.find(value);
  if (found == fromParameter_.end() || !inlined_.empty()) return;
  for (Parameter& parameter : kernel_.parameters) {
    if (parameter.offset == found->second && parameter.bytes == 8) parameter.number = true;
  }
}

void Decoder::inlineCall(const Statement& statement) {
  std::vector<std::string> operands = statement.operands;
  std::vector<std::string> results;
  if (operands[0][0] == '(') {
    results = splitTop(operands[0].substr(1, operands[0].size() - 2), ',');
    operands.erase(operands.begin());
  }
  auto callee = module_.functions.find(operands[0]);
  constexpr std::size_t kDeepest = 16;
  if (callee == module_.functions.end() || inlined_.size() > kDeepest || !statement.guard.empty()) unsupported(statement);
  std::vector<std::string> arguments;
  if (operands.size() > 1) arguments = splitTop(operands[1].substr(1, operands[1].size() - 2), ',');

  // A function's header: ".func (.param .b32 result) name(.param .b32 a, .param .b32 b)".
  const Declaration& function = *callee->second;
  std::string header = function.header;
  std::vector<std::string> lists;
  for (std::size_t open = header.find('('); open != std::string::npos; open = header.find('(', open + 1)) {
    lists.push_back(header.substr(open + 1, header.find(')', open) - open - 1));
  }
  std::map<std::string, u32> bound;
  auto bind = [&](const std::string& formals, const std::vector<std::string>& actuals) {
    std::vector<std::string> names = splitTop(formals, ',');
    for (std::size_t n = 0; n < names.size() && n < actuals.size(); n++) {
      for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
        auto found = block->parameters.find(actuals[n]);
        if (found == block->parameters.end()) continue;
        bound[variableIn(names[n]).name] = found->second;
        break;
      }
    }
  };
  bool returns = header.find('(') < header.find(callee->first);
  if (returns && !lists.empty()) bind(lists.front(), results);
  if (lists.size() > (returns ? 1u : 0u)) bind(lists.back(), arguments);

  int copy = ++copies_;
  inlined_.push_back({callee->first, "end of " + callee->first, copy});
  blocks_.push_back({});
  blocks_.back().parameters = bound;
  decodeBody(statementsOf(function.body, function.bodyLine));
  blocks_.pop_back();
  labels_[labelKey(endOfFunction())] = static_cast<u32>(kernel_.code.size());
  inlined_.pop_back();
}

}  // namespace swcuda
