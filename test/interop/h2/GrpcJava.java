import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.HandlerRegistry;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A gRPC server that sends every message back as it came. */
public class GrpcJava {
  /** Stands for Protocol Buffers: a message is not looked at. */
  static final MethodDescriptor.Marshaller<byte[]> AS_THEY_ARE =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
          return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        }
      };

  public static void main(String[] args) throws Exception {
    var registry =
        new HandlerRegistry() {
          @Override
          public ServerMethodDefinition<?, ?> lookupMethod(String name, String authority) {
            var method =
                MethodDescriptor.newBuilder(AS_THEY_ARE, AS_THEY_ARE)
                    .setFullMethodName(name)
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .build();
            return ServerMethodDefinition.create(method, (call, headers) -> echo(call));
          }
        };
    var server =
        NettyServerBuilder.forPort(0).fallbackHandlerRegistry(registry).maxInboundMessageSize(16 << 20).build();
    server.start();
    System.out.println(server.getPort());
    server.awaitTermination();
  }

  static ServerCall.Listener<byte[]> echo(ServerCall<byte[], byte[]> call) {
    call.sendHeaders(new Metadata());
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(byte[] message) {
        call.sendMessage(message);
        call.request(1);
      }

      @Override
      public void onHalfClose() {
        call.close(Status.OK, new Metadata());
      }
    };
  }
}
