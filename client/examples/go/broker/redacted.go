package broker

import (
	"fmt"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Redacted prints a message without the fields that the contract marks as secret; fmt's verbs and
// prototext print them all.
func Redacted(message proto.Message) fmt.Stringer { return redacted{message} }

type redacted struct{ message proto.Message }

func (r redacted) String() string {
	copy := proto.Clone(r.message)
	redact(copy.ProtoReflect())
	return prototext.MarshalOptions{}.Format(copy)
}

func redact(message protoreflect.Message) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Options().(*descriptorpb.FieldOptions).GetDebugRedact():
			message.Set(field, protoreflect.ValueOfString("[redacted]"))
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			for i := range value.List().Len() {
				redact(value.List().Get(i).Message())
			}
		default:
			redact(value.Message())
		}
		return true
	})
}
