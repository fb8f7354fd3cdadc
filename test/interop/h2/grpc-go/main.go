// A gRPC server that sends every message back as it came, whatever it is, on the connector's method or any other.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"

	"google.golang.org/grpc"
)

// bytesAsTheyAre stands for Protocol Buffers: a message is not looked at.
type bytesAsTheyAre struct{}

func (bytesAsTheyAre) Name() string { return "proto" }

func (bytesAsTheyAre) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (bytesAsTheyAre) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func echo(_ any, stream grpc.ServerStream) error {
	for {
		var message []byte
		if err := stream.RecvMsg(&message); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(&message); err != nil {
			return err
		}
	}
}

func main() {
	streams := flag.Uint("streams", 100, "streams at once")
	window := flag.Int("window", 65_535, "bytes of a stream's window")
	fields := flag.Uint("fields", 16_384, "bytes of header fields")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer(
		grpc.ForceServerCodec(bytesAsTheyAre{}),
		grpc.UnknownServiceHandler(echo),
		grpc.MaxConcurrentStreams(uint32(*streams)),
		grpc.InitialWindowSize(int32(*window)),
		grpc.MaxHeaderListSize(uint32(*fields)),
		grpc.MaxRecvMsgSize(16<<20),
	)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		panic(err)
	}
}
