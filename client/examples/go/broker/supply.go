package broker

import (
	"context"
	"crypto/rand"
	"iter"

	pb "tokenbroker.example/gen/tokenbroker/v1"
)

// Supply is turns without end, never more than a window of them ahead of those that were taken.
//
// A turn counts as used when the next is asked for. An error is the last element: a new supply begins
// with another id. Leaving the loop ends the stream, and the broker takes back what it could not send.
func Supply(ctx context.Context, client pb.TokenBrokerClient, account string, window int) iter.Seq2[*pb.Turn, error] {
	return func(yield func(*pb.Turn, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		id := rand.Text()
		stream, err := client.StreamTokens(ctx, &pb.StreamTokensRequest{
			Account: account, StreamId: id, Demand: int64(window), BatchSize: int32(min(window, 1000)),
		})
		used := 0
		for err == nil {
			var batch *pb.StreamTokensResponse
			if batch, err = stream.Recv(); err != nil {
				break
			}
			for _, turn := range batch.GetTurns() {
				if !yield(turn, nil) {
					return
				}
				if used++; used < (window+1)/2 {
					continue
				}
				// asks on the connection that has the stream
				if err = more(ctx, client, account, id, used); err != nil {
					break
				}
				used = 0
			}
		}
		yield(nil, err)
	}
}

func more(ctx context.Context, client pb.TokenBrokerClient, account, id string, count int) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	_, err := client.RequestTurns(ctx, &pb.RequestTurnsRequest{Account: account, StreamId: id, Count: int64(count)})
	return err
}
