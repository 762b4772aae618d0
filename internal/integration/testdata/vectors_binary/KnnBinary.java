import java.io.*;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.*;
import java.util.function.Supplier;

/**
 * Runs the k-NN plugin's own classes of the encoder "binary" over the cases of its
 * input, and writes what they make of them. It finds them by reflection, so that it
 * compiles without them and runs with more than one version.
 *
 * Input, for each case: dimension, vectors, queries, bits and whether to rotate, all of
 * 4 bytes, then vectors and queries. Output: the thresholds, plane by plane; the codes of
 * vectors and queries; with rotation its matrix; and of 1 bit, where the version has ADC,
 * for each of L2 and inner product the transformed queries and for each query the
 * distance to each vector.
 */
class KnnBinary {
    public static void main(String[] args) throws Exception {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
             DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 20))) {
            while (true) {
                int dimension;
                try {
                    dimension = in.readInt();
                } catch (EOFException end) {
                    return;
                }
                run(in, out, dimension);
            }
        }
    }

    static void run(DataInputStream in, DataOutputStream out, int dimension) throws Exception {
        int vectors = in.readInt(), queries = in.readInt(), bits = in.readInt();
        boolean rotate = in.readInt() == 1;
        List<float[]> rows = read(in, vectors, dimension), asked = read(in, queries, dimension);
        Object service = callStatic("org.opensearch.knn.index.quantizationservice.QuantizationService", "getInstance");
        Object state = train(service, rows, bits, rotate);
        write(out, bits == 1 ? new float[][] {(float[]) call(state, "getMeanThresholds")} : (float[][]) call(state, "getThresholds"));
        Object params = call(state, "getQuantizationParams");
        Object output = call(service, "createQuantizationOutput", params);
        List<byte[]> codes = new ArrayList<>();
        for (float[] row : rows) {
            codes.add(((byte[]) call(service, "quantize", state, row, output)).clone());
            out.write(codes.get(codes.size() - 1));
        }
        for (float[] query : asked) {
            out.write((byte[]) call(service, "quantize", state, query, output));
        }
        if (rotate) {
            write(out, (float[][]) call(state, "getRotationMatrix"));
        }
        if (bits == 1 && has(service, "transformWithADC")) {
            for (String space : new String[] {"L2", "INNER_PRODUCT"}) {
                adc(out, service, state, asked, codes, space);
            }
        }
    }

    static void adc(DataOutputStream out, Object service, Object state, List<float[]> queries, List<byte[]> codes, String space) throws Exception {
        Object spaceType = constant("org.opensearch.knn.index.SpaceType", space);
        String distance = space.equals("L2") ? "l2SquaredADC" : "innerProductADC";
        for (float[] query : queries) {
            float[] transformed = query.clone();
            call(service, "transformWithADC", state, transformed, spaceType);
            write(out, transformed);
            for (byte[] code : codes) {
                out.writeFloat((float) callStatic("org.opensearch.knn.plugin.script.KNNScoringUtil", distance, transformed, code));
            }
        }
    }

    static Object train(Object service, List<float[]> rows, int bits, boolean rotate) throws Exception {
        Object type = constant("org.opensearch.knn.quantization.enums.ScalarQuantizationType",
            bits == 1 ? "ONE_BIT" : bits == 2 ? "TWO_BIT" : "FOUR_BIT");
        Class<?> paramsClass = Class.forName("org.opensearch.knn.quantization.models.quantizationParams.ScalarQuantizationParams");
        Object params;
        if (has(paramsClass, "builder")) {
            Object builder = callStatic(paramsClass.getName(), "builder");
            params = call(call(call(builder, "sqType", type), "enableRandomRotation", rotate), "build");
        } else {
            params = paramsClass.getConstructor(type.getClass()).newInstance(type);
        }
        Object request = params;
        Supplier<Object> values = () -> values(rows);
        for (Method method : service.getClass().getMethods()) {
            if (method.getName().equals("train")) {
                boolean lazy = method.getParameterTypes()[1] == Supplier.class;
                return method.invoke(service, request, lazy ? values : values.get(), (long) rows.size());
            }
        }
        throw new NoSuchMethodException("train");
    }

    static Object values(List<float[]> rows) {
        try {
            Object docs = Class.forName("org.apache.lucene.index.DocsWithFieldSet").getConstructor().newInstance();
            Map<Integer, float[]> byDoc = new HashMap<>();
            for (int i = 0; i < rows.size(); i++) {
                call(docs, "add", i);
                byDoc.put(i, rows.get(i));
            }
            return callStatic("org.opensearch.knn.index.vectorvalues.KNNVectorValuesFactory", "getVectorValues",
                constant("org.opensearch.knn.index.VectorDataType", "FLOAT"), docs, byDoc);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static List<float[]> read(DataInputStream in, int n, int dimension) throws IOException {
        List<float[]> rows = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            float[] row = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                row[j] = in.readFloat();
            }
            rows.add(row);
        }
        return rows;
    }

    static void write(DataOutputStream out, float[]... rows) throws IOException {
        for (float[] row : rows) {
            for (float x : row) {
                out.writeFloat(x);
            }
        }
    }

    static Object constant(String name, String field) throws Exception {
        return Class.forName(name).getField(field).get(null);
    }

    static boolean has(Object target, String name) {
        Class<?> type = target instanceof Class ? (Class<?>) target : target.getClass();
        return Arrays.stream(type.getMethods()).anyMatch(m -> m.getName().equals(name));
    }

    static Object call(Object target, String name, Object... args) throws Exception {
        return find(target.getClass(), name, false, args).invoke(target, args);
    }

    static Object callStatic(String type, String name, Object... args) throws Exception {
        return find(Class.forName(type), name, true, args).invoke(null, args);
    }

    static Method find(Class<?> type, String name, boolean isStatic, Object... args) throws Exception {
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name) && Modifier.isStatic(method.getModifiers()) == isStatic && takes(method.getParameterTypes(), args)) {
                method.setAccessible(true);
                return method;
            }
        }
        throw new NoSuchMethodException(type + "." + name);
    }

    static boolean takes(Class<?>[] types, Object[] args) {
        if (types.length != args.length) {
            return false;
        }
        for (int i = 0; i < args.length; i++) {
            if (!types[i].isPrimitive() && !types[i].isInstance(args[i])) {
                return false;
            }
        }
        return true;
    }
}
