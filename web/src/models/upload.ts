// Sends a model file with progress: fetch cannot tell how much of a request has gone out.
import { ApiError, errorOf, headersFor, urlOf } from '../base/api';

export function upload(file: File, progress: (fraction: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', urlOf('POST /api/projects/{project}/models'));
    for (const [name, value] of Object.entries(headersFor('POST'))) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(errorOf(request.status, request.responseText));
    };
    request.onerror = () => reject(new ApiError(0, 'unreachable', ''));
    const form = new FormData();
    form.append('model', file, file.name);
    request.send(form);
  });
}

/** Downloads a model, by whichever way the caller is signed in. */
export async function download(name: string): Promise<void> {
  const answer = await fetch(urlOf('GET /api/projects/{project}/models/{model}', { path: { model: name } }), {
    headers: headersFor('GET'),
  });
  if (!answer.ok) throw errorOf(answer.status, await answer.text());
  const disposition = answer.headers.get('Content-Disposition') ?? '';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = /filename="?([^";]+)/.exec(disposition)?.[1] ?? answer.headers.get('filename') ?? name;
  link.click();
  URL.revokeObjectURL(link.href);
}
