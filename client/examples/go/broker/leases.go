package broker

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "tokenbroker.example/gen/tokenbroker/v1"
)

// Timeout is the deadline of a call; streams have none.
const Timeout = 10 * time.Second

// Leases holds up to a window of leases until the context ends, renewed by the broker, and then gives
// them back, so that others need not wait until they expire. It hands on every event: after lost and
// revoked, the token must not be used any more. It returns the leases that it gave back.
func Leases(ctx context.Context, client pb.TokenBrokerClient, request *pb.StreamLeasesRequest,
	on func(*pb.StreamLeasesResponse)) ([]*pb.Lease, error) {
	held := map[string]*pb.Lease{}
	err := events(ctx, client, request, func(event *pb.StreamLeasesResponse) {
		switch event := event.GetEvent().(type) {
		case *pb.StreamLeasesResponse_Granted:
			held[event.Granted.GetLease().GetLeaseId()] = event.Granted.GetLease()
		case *pb.StreamLeasesResponse_Lost:
			delete(held, event.Lost.GetLeaseId())
		case *pb.StreamLeasesResponse_Revoked:
			delete(held, event.Revoked.GetLeaseId())
		}
		on(event)
	})
	// the stream has ended: while it is open, each release brings the next lease
	var released []*pb.Lease
	for _, lease := range held {
		if release(client, lease) == nil {
			released = append(released, lease)
		}
	}
	return released, err
}

func events(ctx context.Context, client pb.TokenBrokerClient, request *pb.StreamLeasesRequest,
	on func(*pb.StreamLeasesResponse)) error {
	stream, err := client.StreamLeases(ctx, request)
	for err == nil {
		var event *pb.StreamLeasesResponse
		if event, err = stream.Recv(); err == nil {
			on(event)
		}
	}
	if status.Code(err) == codes.Canceled && ctx.Err() != nil {
		return nil
	}
	return err
}

func release(client pb.TokenBrokerClient, lease *pb.Lease) error {
	// not the context of the stream, which has ended
	ctx, cancel := context.WithTimeout(context.Background(), Timeout)
	defer cancel()
	_, err := client.ReleaseLease(ctx, &pb.ReleaseLeaseRequest{
		LeaseId: lease.GetLeaseId(), FencingNumber: lease.GetFencingNumber(),
	})
	return err
}
