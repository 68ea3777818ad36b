# paultrap with PostgreSQL, for docs/how-to/growing.md. Not tried: see there.
FROM python:3.13-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/paultrap
ENV PATH=/opt/paultrap/bin:$PATH
WORKDIR /source
COPY requirements/run.txt requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY . .
# The versions that the tests use; the extra's driver brings its own library.
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip install --no-cache-dir --no-deps /wheels/paultrap-*.whl \
    && pip install --no-cache-dir psycopg[binary]==3.3.9

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/paultrap paultrap
COPY --from=build /opt/paultrap /opt/paultrap
ENV PATH=/opt/paultrap/bin:$PATH \
    PAULTRAP_DATA_DIR=/var/lib/paultrap \
    PYTHONUNBUFFERED=1
USER paultrap
WORKDIR /var/lib/paultrap
VOLUME /var/lib/paultrap
EXPOSE 8080
ENTRYPOINT ["paultrap"]
CMD ["serve", "--host", "0.0.0.0"]
