// Command example does all that a program does with the token broker, once. See README.md.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"tokenbroker.example/broker"
	pb "tokenbroker.example/gen/tokenbroker/v1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	connection, err := broker.Connect(broker.FromEnvironment())
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	client := pb.NewTokenBrokerClient(connection)
	account := cmp.Or(os.Getenv("TOKENBROKER_ACCOUNT"), "demo")
	if err := run(ctx, client, account); err != nil {
		log.Fatal(broker.RefusalOf(err))
	}
}

func run(ctx context.Context, client pb.TokenBrokerClient, account string) error {
	if err := oneTurn(ctx, client, account); err != nil {
		return err
	}
	refused(ctx, client)
	if err := manyTurns(ctx, client, account); err != nil {
		return err
	}
	return leases(ctx, client, account)
}

// oneTurn takes the next token, and tells what the upstream said to it.
func oneTurn(ctx context.Context, client pb.TokenBrokerClient, account string) error {
	ctx, cancel := context.WithTimeout(ctx, broker.Timeout)
	defer cancel()
	next, err := client.NextToken(ctx, &pb.NextTokenRequest{
		Account: account, Wait: true, MaxWait: durationpb.New(5 * time.Second),
	})
	if err != nil {
		return err
	}
	turn := next.GetTurn()
	fmt.Printf("turn %d is of token %s\n", turn.GetNumber(), turn.GetTokenId())
	// here the upstream is called with turn.GetSecret(); it said 429, Retry-After: 5
	_, err = client.ReportOutcome(ctx, &pb.ReportOutcomeRequest{
		Account: account, TokenId: turn.GetTokenId(), Turn: turn.GetNumber(),
		Report: &pb.Report{
			Outcome: pb.Outcome_OUTCOME_RATE_LIMITED, RetryAfter: durationpb.New(5 * time.Second),
		},
	})
	if err != nil {
		return err
	}
	fmt.Printf("token %s rests\n", turn.GetTokenId())
	fmt.Println("a turn may be printed like this:", broker.Redacted(turn))
	return nil
}

func refused(ctx context.Context, client pb.TokenBrokerClient) {
	ctx, cancel := context.WithTimeout(ctx, broker.Timeout)
	defer cancel()
	if _, err := client.NextToken(ctx, &pb.NextTokenRequest{Account: "nobody"}); err != nil {
		fmt.Println(broker.RefusalOf(err))
	}
	if _, err := client.NextTokens(ctx, &pb.NextTokensRequest{Account: "nobody", Count: -1}); err != nil {
		fmt.Println(broker.RefusalOf(err))
	}
}

// manyTurns is a supply for a worker: the broker makes turns only as fast as they are used here.
func manyTurns(ctx context.Context, client pb.TokenBrokerClient, account string) error {
	used := 0
	for _, err := range broker.Supply(ctx, client, account, 10) {
		if err != nil {
			return err
		}
		if used++; used == 20 {
			break
		}
	}
	fmt.Println(used, "turns of a supply, at most 10 ahead")
	return nil
}

// leases has a token of its own, until Ctrl-C or SIGTERM.
func leases(ctx context.Context, client pb.TokenBrokerClient, account string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	// a name of this process that stays over restarts: two with one name end each other's streams
	request := &pb.StreamLeasesRequest{Account: account, Window: 1, Holder: "example-go-" + host}
	released, err := broker.Leases(ctx, client, request, func(event *pb.StreamLeasesResponse) {
		switch event := event.GetEvent().(type) {
		case *pb.StreamLeasesResponse_Granted:
			fmt.Println("holds token", event.Granted.GetLease().GetTokenId())
		case *pb.StreamLeasesResponse_Lost, *pb.StreamLeasesResponse_Revoked:
			fmt.Println("a lease has ended: its token must not be used any more")
		}
	})
	for _, lease := range released {
		fmt.Printf("gave token %s back\n", lease.GetTokenId())
	}
	return err
}
