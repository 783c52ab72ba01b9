#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include "broker.h"

namespace broker {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsSecret(const FieldDescriptor& field) {
  constexpr int kDebugRedact = 16;  // of google.protobuf.FieldOptions, from protobuf 22 on
  const auto& options = field.options();
  if (const auto* known = options.GetDescriptor()->FindFieldByNumber(kDebugRedact)) {
    return options.GetReflection()->GetBool(options, known);
  }
  const auto& unknown = options.GetReflection()->GetUnknownFields(options);
  for (int i = 0; i < unknown.field_count(); i++) {
    if (unknown.field(i).number() == kDebugRedact) {
      return unknown.field(i).varint() != 0;
    }
  }
  return false;
}

void Redact(Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (IsSecret(*field)) {
      reflection->SetString(&message, field, "[redacted]");
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); i++) {
        Redact(*reflection->MutableRepeatedMessage(&message, field, i));
      }
    } else {
      Redact(*reflection->MutableMessage(&message, field));
    }
  }
}

}  // namespace

std::string Redacted(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  Redact(*copy);
  return copy->ShortDebugString();
}

}  // namespace broker
