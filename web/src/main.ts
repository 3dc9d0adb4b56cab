import './design/tokens.css';
import './design/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { language } from './base/i18n.svelte';
import { theme } from './base/theme.svelte';

theme.apply();
await Promise.all([language.begin()]);
const app = document.getElementById('app')!;
app.replaceChildren(); // what stood there while the scripts came
mount(App, { target: app });
