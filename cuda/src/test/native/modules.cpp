#include "modules.h"

#include <cstring>
#include <map>
#include <unordered_map>

#include "decoder.h"
#include "driver.h"
#include "settings.h"

namespace swcuda {

struct Module {
  Device* device;
  std::vector<Declaration> declarations;
  ModuleScope scope;
  std::map<std::string, ModuleVariable> variables;
  std::map<std::string, std::unique_ptr<Function>> functions;
};

namespace {
/// The newest PTX that a driver for CUDA 12.6 assembles, as major * 10 + minor.
constexpr int kNewestPtx = 85;
constexpr auto kUnsupportedPtxVersion = static_cast<Result>(222);

std::vector<std::unique_ptr<Module>>& modules() {
  static std::vector<std::unique_ptr<Module>> all;
  return all;
}

/// Kernels by their text: a module loaded again is not decoded again.
std::unordered_map<std::string, std::shared_ptr<Kernel>>& decoded() {
  static std::unordered_map<std::string, std::shared_ptr<Kernel>> all;
  return all;
}

bool has(const std::string& header, const char* word) { return header.find(word) != std::string::npos; }

void checkVersion(const std::string& header) {
  std::string number = words(header).at(1);
  int version = std::stoi(number) * 10 + std::stoi(number.substr(number.find('.') + 1));
  if (version > kNewestPtx) {
    throw Fault(kUnsupportedPtxVersion, "PTX " + number + ": a driver for CUDA 12 reads 8.5 at most");
  }
}

void checkTarget(const std::string& header) {
  std::string target = splitTop(words(header).at(1), ',').at(0);
  int needed = std::stoi(target.substr(target.find('_') + 1));
  int have = settings().major * 10 + settings().minor;
  if (needed > have) {
    throw Fault(INVALID_PTX, format("PTX for %s on a device of capability %d.%d", target.c_str(), settings().major, settings().minor));
  }
}

/// Writes the numbers behind '=' into a variable's memory.
void initialiseVariable(const std::string& header, const Variable& variable, u8* memory) {
  std::size_t equals = header.find('=');
  memset(memory, 0, variable.bytes);
  if (equals == std::string::npos) return;
  Type type = Type::B8;
  for (const std::string& word : words(header.substr(0, equals))) {
    if (word[0] == '.' && widthOf(typeNamed(word.substr(1)))) type = typeNamed(word.substr(1));
  }
  std::string text;
  for (char c : header.substr(equals + 1)) text += c == '{' || c == '}' ? ' ' : c;
  u8* next = memory;
  for (const std::string& value : splitTop(text, ',')) {
    bool hexadecimal = value.size() > 2 && value[0] == '0' && (value[1] == 'f' || value[1] == 'd');
    u64 bits = hexadecimal ? std::stoull(value.substr(2), nullptr, 16) : static_cast<u64>(std::stoll(value, nullptr, 0));
    if (next + widthOf(type) > memory + variable.bytes) throw Fault(INVALID_PTX, "more numbers than " + variable.name + " holds");
    memcpy(next, &bits, widthOf(type));
    next += widthOf(type);
  }
}

void addDeclaration(Module& module, const Declaration& declaration) {
  const std::string& header = declaration.header;
  if (header.rfind(".version", 0) == 0) {
    checkVersion(header);
  } else if (header.rfind(".target", 0) == 0) {
    checkTarget(header);
  } else if (has(header, ".func ") && declaration.hasBody) {
    std::string name = header.substr(0, header.rfind('('));
    // With a result the name stands between two lists, else before the only one.
    std::size_t close = name.rfind(')');
    name = trimmed(close == std::string::npos ? name.substr(name.find(".func") + 5) : name.substr(close + 1));
    module.scope.functions[words(name).back()] = &declaration;
  } else if (has(header, ".shared ") && !declaration.hasBody) {
    if (has(header, "[]")) {
      module.scope.dynamicShared.insert(variableIn(header).name);
    } else {
      module.scope.shared.push_back(header);
    }
  } else if ((has(header, ".global ") || has(header, ".const ")) && !declaration.hasBody) {
    Variable variable = variableIn(header);
    u64 address = module.device->memory.allocate(std::max(variable.bytes, 1u), true);
    if (address == 0) throw Fault(OUT_OF_MEMORY, "no memory for variable " + variable.name);
    initialiseVariable(header, variable, module.device->memory.at(address, variable.bytes, "initialisation"));
    module.variables[variable.name] = {address, variable.bytes};
    module.scope.variables[variable.name] = address;
  }
}

Module& moduleOf(void* handle) {
  for (const auto& module : modules()) {
    if (module.get() == handle) return *module;
  }
  throw Fault(INVALID_HANDLE, "no module, or one that was unloaded");
}

std::shared_ptr<Kernel> decode(const Module& module, const Declaration& declaration) {
  bool shareable = module.scope.variables.empty() && module.scope.functions.empty() && module.scope.shared.empty();
  std::string key = declaration.header + "\n" + std::to_string(declaration.bodyLine) + declaration.body;
  for (const std::string& name : module.scope.dynamicShared) key += "\n" + name;
  if (shareable) {
    auto found = decoded().find(key);
    if (found != decoded().end()) return found->second;
  }
  auto kernel = std::make_shared<Kernel>(Decoder(declaration, module.scope).decode());
  if (shareable) decoded()[key] = kernel;
  return kernel;
}
}  // namespace

Module* loadModule(const std::string& ptx, Device& device) {
  if (ptx.find(".version") == std::string::npos) throw Fault(INVALID_IMAGE, "not the text of a PTX module");
  auto module = std::make_unique<Module>();
  module->device = &device;
  module->declarations = declarationsOf(ptx);
  for (const Declaration& declaration : module->declarations) addDeclaration(*module, declaration);
  modules().push_back(std::move(module));
  return modules().back().get();
}

void unloadModule(void* handle) {
  Module& module = moduleOf(handle);
  for (const auto& [name, variable] : module.variables) module.device->memory.free(variable.address);
  std::erase_if(modules(), [&](const auto& m) { return m.get() == &module; });
}

Function* functionNamed(void* handle, const std::string& name) {
  Module& module = moduleOf(handle);
  auto known = module.functions.find(name);
  if (known != module.functions.end()) return known->second.get();
  for (const Declaration& declaration : module.declarations) {
    if (!declaration.hasBody || !has(declaration.header, ".entry")) continue;
    std::string before = declaration.header.substr(0, declaration.header.find('('));
    if (words(before).back() != name) continue;
    try {
      auto function = std::make_unique<Function>(Function{decode(module, declaration), handle});
      return (module.functions[name] = std::move(function)).get();
    } catch (const Fault& fault) {
      throw Fault(fault.code, "kernel " + name + ": " + fault.text);
    }
  }
  throw Fault(NOT_FOUND, "no kernel " + name + " in the module");
}

ModuleVariable variableNamed(void* handle, const std::string& name) {
  Module& module = moduleOf(handle);
  auto found = module.variables.find(name);
  if (found == module.variables.end()) throw Fault(NOT_FOUND, "no variable " + name + " in the module");
  return found->second;
}

Function& functionOf(const void* handle) {
  for (const auto& module : modules()) {
    for (const auto& [name, function] : module->functions) {
      if (function.get() == handle) return *function;
    }
  }
  throw Fault(INVALID_HANDLE, "no function of a loaded module");
}

void forgetModules() { modules().clear(); }

}  // namespace swcuda
