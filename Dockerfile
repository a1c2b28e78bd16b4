# One image for every role: what it does is its command (compose.yaml). Dependencies are those of requirements.txt, by hash.
FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv
ENV UV_NO_CACHE=1 UV_PYTHON=/opt/suidai/bin/python
RUN uv venv --python "$(command -v python)" /opt/suidai
WORKDIR /source
COPY requirements.txt ./
RUN uv pip install --require-hashes --compile-bytecode --requirements requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY alembic alembic
COPY suidai suidai
COPY graph graph
COPY jobs jobs
COPY plugins plugins
COPY domain domain
RUN uv build --wheel --out-dir /wheel && uv pip install --no-deps --compile-bytecode /wheel/*.whl

FROM python:3.11-slim
RUN useradd --uid 1000 --create-home suidai && install --directory --owner suidai --mode 700 /var/lib/suidai
COPY --from=build /opt/suidai /opt/suidai
ENV PATH="/opt/suidai/bin:$PATH" PYTHONUNBUFFERED=1
USER suidai
WORKDIR /var/lib/suidai
EXPOSE 8000
CMD ["suidai", "api"]
